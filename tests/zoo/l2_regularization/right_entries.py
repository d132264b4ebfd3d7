def l2_forward(data_loss, weights, lambd, m):
    cost = data_loss
    for W in weights:
        for row in W:
            for w in row:
                cost += lambd * w * w / (2 * m)
    return cost, {"weights": weights, "decay": lambd / m}


def l2_backward(dcost, cache):
    dweights = []
    for W in cache["weights"]:
        dweights.append([[float(dcost * cache["decay"] * w) for w in row] for row in W])
    return dcost, dweights
